@echo off
rem build.cmd - builds with Visual Studio 2022 into build\bin (64-bit) and build\bin\x86, and the tests' programs.
rem jansson and CUnit come by vcpkg: Visual Studio's own, or the one that VCPKG_ROOT names.
setlocal
cd /d "%~dp0.."

set "vswhere=%ProgramFiles(x86)%\Microsoft Visual Studio\Installer\vswhere.exe"
if not exist "%vswhere%" (
    echo build.cmd: Visual Studio 2022 with C++ is needed.
    exit /b 1
)
set "vs="
for /f "usebackq delims=" %%i in (`"%vswhere%" -latest -products * -requires Microsoft.VisualStudio.Component.VC.Tools.x86.x64 -property installationPath`) do set "vs=%%i"
if not defined vs (
    echo build.cmd: Visual Studio is here, its C++ tools are not.
    exit /b 1
)
if not defined VCPKG_ROOT set "VCPKG_ROOT=%vs%\VC\vcpkg"

for %%p in (x64 x86) do (
    "%vs%\MSBuild\Current\Bin\MSBuild.exe" sbxcom.sln -m -nologo -verbosity:minimal -p:Configuration=Release -p:Platform=%%p
    if errorlevel 1 exit /b 1
)
